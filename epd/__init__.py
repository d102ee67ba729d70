"""EPD Automation for analysts: curves, prices, loads and quotes as data frames, from any notebook.

    >>> import epd
    >>> july = epd.vlr("NYISO", zone="N.Y.C.", month=7, block="5x16")
    >>> sorted(july["he"])[:3]
    [8, 9, 10]

`vlr`, `shaping` and `cost_curve` are the curves of a run, and `versions` lists them. `vlr_levels` adds the
zones of VLR up. `prices`, `loads` and forward `quotes` are what they are made of. `relation` reads any table
or view of the database. Everything is read with a reader's rights: nothing here can change the database.

A column has its unit in its name. An hour is identified by `start_utc`, which has no time zone attached, so
that `.to_excel()` writes it; `local_date` and `he` are in the ISO's time. `frame.attrs` has the version and
the source, and whether the numbers are simulated (`is_demo`).

`use("public")` chooses another source than the demo market. Names are completed by `epd.isos.<Tab>` and
`epd.zones.NYISO.<Tab>`. A name that does not exist raises `UnknownName`, whose message has the nearest names.
"""

from epd.curves import cost_curve, shaping, versions, vlr
from epd.hours import loads, prices, quotes
from epd.levels import vlr_levels
from epd.names import UnknownName, isos, zones
from epd.reader import relation, use

__all__ = [
    "UnknownName",
    "cost_curve",
    "isos",
    "loads",
    "prices",
    "quotes",
    "relation",
    "shaping",
    "use",
    "versions",
    "vlr",
    "vlr_levels",
    "zones",
]
