"""How gunicorn serves the desk: `gunicorn -c python:tsdesk.serving`. Address and numbers come from the environment."""

import logging
import os

from tsdesk.logs import WithoutQueries

wsgi_app = "tsdesk.wsgi:application"
bind = os.environ.get("TSDESK_BIND", "127.0.0.1:8000")
# Threads, because a page mostly waits for PostgreSQL; two processes, because a third would want a core of its own.
worker_class = "gthread"
workers = int(os.environ.get("TSDESK_WEB_PROCESSES", "2"))
threads = int(os.environ.get("TSDESK_WEB_THREADS", "8"))
preload_app = True

# Seconds.
timeout = 60
graceful_timeout = 15
keepalive = 5

# A worker is replaced now and then, so that a leak stays small; the spread keeps them from going at once.
max_requests = 20_000
max_requests_jitter = 2_000

# Bytes and counts: what a request may bring before Django sees it.
# The longest line that gunicorn can be told of: a search that is too long is refused in the desk's own words before that.
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190

# Where workers show that they live: memory, so that a slow disk kills nobody, and a read-only root is enough.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
control_socket_disable = True
# structlog writes one line a request, without what was typed. Whoever turns gunicorn's own on gets no path by it.
accesslog = None
access_log_format = "%(m)s %(s)s %(B)s %(L)s"
errorlog = "-"
logging.getLogger("gunicorn.error").addFilter(WithoutQueries())
