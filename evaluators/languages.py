"""Know languages by their ISO 639-3 code, their two-letter code or their English name.

Columns of boards say `eng`; people say `en` or `English`. The table has the 183 languages with a
two-letter code (ISO 639-1, https://www.loc.gov/standards/iso639-2/php/code_list.php); any other
language is known by its code alone.
"""

from __future__ import annotations

_TABLE = """
aa aar Afar; ab abk Abkhazian; af afr Afrikaans; ak aka Akan; am amh Amharic; ar ara Arabic; an
arg Aragonese; as asm Assamese; av ava Avaric; ae ave Avestan; ay aym Aymara; az aze
Azerbaijani; ba bak Bashkir; bm bam Bambara; be bel Belarusian; bn ben Bengali; bi bis Bislama;
bo bod Tibetan; bs bos Bosnian; br bre Breton; bg bul Bulgarian; ca cat Catalan; cs ces Czech;
ch cha Chamorro; ce che Chechen; cu chu Church Slavic; cv chv Chuvash; kw cor Cornish; co cos
Corsican; cr cre Cree; cy cym Welsh; da dan Danish; de deu German; dv div Dhivehi; dz dzo
Dzongkha; el ell Greek; en eng English; eo epo Esperanto; et est Estonian; eu eus Basque; ee ewe
Ewe; fo fao Faroese; fa fas Persian; fj fij Fijian; fi fin Finnish; fr fra French; fy fry
Western Frisian; ff ful Fulah; gd gla Scottish Gaelic; ga gle Irish; gl glg Galician; gv glv
Manx; gn grn Guarani; gu guj Gujarati; ht hat Haitian Creole; ha hau Hausa; he heb Hebrew; hz
her Herero; hi hin Hindi; ho hmo Hiri Motu; hr hrv Croatian; hu hun Hungarian; hy hye Armenian;
ig ibo Igbo; io ido Ido; ii iii Sichuan Yi; iu iku Inuktitut; ie ile Interlingue; ia ina
Interlingua; id ind Indonesian; ik ipk Inupiaq; is isl Icelandic; it ita Italian; jv jav
Javanese; ja jpn Japanese; kl kal Kalaallisut; kn kan Kannada; ks kas Kashmiri; ka kat Georgian;
kr kau Kanuri; kk kaz Kazakh; km khm Khmer; ki kik Kikuyu; rw kin Kinyarwanda; ky kir Kyrgyz; kv
kom Komi; kg kon Kongo; ko kor Korean; kj kua Kuanyama; ku kur Kurdish; lo lao Lao; la lat
Latin; lv lav Latvian; li lim Limburgish; ln lin Lingala; lt lit Lithuanian; lb ltz
Luxembourgish; lu lub Luba-Katanga; lg lug Ganda; mh mah Marshallese; ml mal Malayalam; mr mar
Marathi; mk mkd Macedonian; mg mlg Malagasy; mt mlt Maltese; mn mon Mongolian; mi mri Maori; ms
msa Malay; my mya Burmese; na nau Nauru; nv nav Navajo; nr nbl South Ndebele; nd nde North
Ndebele; ng ndo Ndonga; ne nep Nepali; nl nld Dutch; nn nno Norwegian Nynorsk; nb nob Norwegian
Bokmål; no nor Norwegian; ny nya Nyanja; oc oci Occitan; oj oji Ojibwa; or ori Odia; om orm
Oromo; os oss Ossetian; pa pan Punjabi; pi pli Pali; pl pol Polish; pt por Portuguese; ps pus
Pashto; qu que Quechua; rm roh Romansh; ro ron Romanian; rn run Rundi; ru rus Russian; sg sag
Sango; sa san Sanskrit; si sin Sinhala; sk slk Slovak; sl slv Slovenian; se sme Northern Sami;
sm smo Samoan; sn sna Shona; sd snd Sindhi; so som Somali; st sot Southern Sotho; es spa
Spanish; sq sqi Albanian; sc srd Sardinian; sr srp Serbian; ss ssw Swati; su sun Sundanese; sw
swa Swahili; sv swe Swedish; ty tah Tahitian; ta tam Tamil; tt tat Tatar; te tel Telugu; tg tgk
Tajik; tl tgl Tagalog; th tha Thai; ti tir Tigrinya; to ton Tongan; tn tsn Tswana; ts tso
Tsonga; tk tuk Turkmen; tr tur Turkish; tw twi Twi; ug uig Uyghur; uk ukr Ukrainian; ur urd
Urdu; uz uzb Uzbek; ve ven Venda; vi vie Vietnamese; vo vol Volapük; wa wln Walloon; wo wol
Wolof; xh xho Xhosa; yi yid Yiddish; yo yor Yoruba; za zha Zhuang; zh zho Chinese; zu zul Zulu
"""
"""Two-letter code, three-letter code and English name of each language."""

_STANDARD_FORMS = {
    "ara": "arb",
    "aze": "azj",
    "est": "ekk",
    "fas": "pes",
    "lav": "lvs",
    "mlg": "plt",
    "mon": "khk",
    "msa": "zsm",
    "nep": "npi",
    "nor": "nob",
    "ori": "ory",
    "orm": "gaz",
    "pus": "pbt",
    "sqi": "als",
    "swa": "swh",
    "uzb": "uzn",
    "yid": "ydd",
    "zho": "cmn",
}
"""Macrolanguages whose code corpora use for one form of theirs, and that form (FLORES-200).

`zho` and `cmn` both mean written Mandarin there, so that who asks for one means both.
"""

_FURTHER_NAMES = {
    "cmn": "Mandarin",
    "fas": "Farsi",
    "ori": "Oriya",
    "pan": "Panjabi",
    "pus": "Pushto",
    "tgl": "Filipino",
}


def _parsed() -> tuple[dict[str, str], dict[str, str]]:
    """Return the names by code, and the codes by every other way to say a language."""
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    for entry in _TABLE.replace("\n", " ").split(";"):
        short, code, name = entry.split(maxsplit=2)
        names[code] = name.strip()
        codes |= {short: code, code: code, names[code].casefold(): code}
    for macro, form in _STANDARD_FORMS.items():
        names.setdefault(form, names[macro])
        codes[form] = form
    codes |= {name.casefold(): code for code, name in _FURTHER_NAMES.items()}
    return names, codes


_NAMES, _CODES = _parsed()


def find_languages(name: str) -> tuple[str, ...]:
    """Return the ISO 639-3 codes that a code or a name stands for.

    Args:
        name: A three-letter or two-letter code or an English name, in any case. What the table does
            not have is returned as it is, in small letters.
    """
    folded = name.strip().casefold()
    code = _CODES.get(folded, folded)
    same = {code, _STANDARD_FORMS.get(code, code)}
    same |= {macro for macro, form in _STANDARD_FORMS.items() if form == code}
    return (code, *sorted(same - {code}))


def language_name(code: str) -> str:
    """Return the English name of an ISO 639-3 code, the code itself where it is not known."""
    return _NAMES.get(code, code)
