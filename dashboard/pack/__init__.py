"""Packs: what was told to a board for a period, frozen as told, and written as PPTX, PDF and XLSX.

pack.py holds the shape that everything else here reads or makes: draft.py makes it from readings, frozen.py keeps it,
pptx.py, pdf.py and xlsx.py write it down, and mail.py sends it.
"""
