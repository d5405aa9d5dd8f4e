import logging


class OneLine(logging.Filter):
    """Leaves the traceback out of a record that tells of somebody else's fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True
