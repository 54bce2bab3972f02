"""How are results written out?

One file per report. It converts the result of a command to a sheet for people, flat records for
CSV and a document for JSON; `sheet` writes the formats, and `db.table_text` formats plain rows.
"""
