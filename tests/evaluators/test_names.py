"""What an unknown name is answered with."""

from evaluators.names import nearest


def test_a_name_that_is_part_of_one_is_taken_for_it():
    assert nearest("XLNet", ["BERT", "XLNet (ensemble)"]) == ": did you mean 'XLNet (ensemble)'?"
    assert nearest("bort", ["BERT", "Bort (Alexa AI)"]) == ": did you mean 'BERT'?"  # spelled alike


def test_of_thousands_of_names_the_first_are_listed():
    said = nearest("zzz", [f"model {i}" for i in range(3000)])
    assert said.startswith(": known are model 0, model 1,")
    assert said.endswith("model 29 and 2970 more")
    assert nearest("zzz", ["a", "b"]) == ": known are a, b"
    assert nearest("", ["model 1"]) == ": known are model 1"
    assert nearest("zzz", []) == ""
