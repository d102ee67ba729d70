"""The guard around reading one part of an answer: whatever is raised there costs that part and is named.

A part is a file, a member of an archive, a sheet, a group of rows. Publishers and people send what no parser
expects, and parsers then raise anything: a wrong type, a missing key, a panic of compiled code. Whoever reads
a part does so inside `guard_reading`, catches the SourceError that comes out, and reads the next part.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lib.safe_text import describe_error, is_reader_error
from lib.sources.protocol import SourceError


@contextmanager
def guard_reading(
    what: str, kind: type[SourceError] = SourceError, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Raise `kind` with the name of the part in place of whatever is raised while the part is read.

    A SourceError goes through, with the name of the part if it lacks that.

    Args:
        what: the part, as the subject of the message: "member x.csv of y.zip", "sheet ME of the workbook".
        kind: the error to raise.
        passing: errors of other meanings that go through, such as those of a request.

    Raises:
        SourceError: the part cannot be read; the message names it and the cause.
    """
    try:
        yield
    except passing:
        raise
    except SourceError as error:
        if what in str(error):
            raise
        raise type(error)(f"{what}: {error}") from error
    except BaseException as error:
        if not is_reader_error(error):
            raise
        raise kind(f"{what} cannot be read ({describe_error(error)})") from error
