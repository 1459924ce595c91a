"""The page of quality control: one HTML file that shows a film, what is wrong with it, and where.

It lies beside the film and needs nothing else but the films it shows: style, scripts, curves and
pictures are in it, and it reaches for no network.
"""

from __future__ import annotations

from a1sdk.qc.page.writing import page_path as page_path
from a1sdk.qc.page.writing import write_page as write_page
