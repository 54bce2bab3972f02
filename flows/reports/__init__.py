"""How are results written out?

One file a report. It turns what a command found into a sheet for people, flat records for CSV and a
document for JSON; `sheet` knows the formats, and `db.table_text` how plain rows become text.
"""
