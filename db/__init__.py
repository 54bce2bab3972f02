"""What is kept: tables, migrations, views, SQL macros and the one way to open them."""
