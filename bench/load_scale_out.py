"""Two web processes and two workers on PostgreSQL behind nginx, which keeps each visitor at one of the two, and the
crowd beside them. On two cores the crowd, nginx and the database take their share of what the second process could
add; machines with more cores gain more.
"""

import asyncio
import uuid

from bench.data import Context
from bench.load_cluster import NGINX, cluster
from bench.load_crowd import CROWDS, QUICK_CROWDS, QUICK_SECONDS, SECONDS, Crowd, demo_clinic, folder_for, measure, warm
from bench.result import Result
from tests.postgresql import PostgreSQLServer

TITLE = "Visitors at once: two processes on PostgreSQL behind nginx"

_MILLISECONDS = {8: (200, 1000), 30: (200, 1000), 100: (500, 3000)}


def run(context: Context) -> list[Result]:
    """The same crowds as at one process."""
    if NGINX is None:
        raise RuntimeError("nginx is not installed (apt-get install nginx-light)")
    crowds = QUICK_CROWDS if context.quick else CROWDS
    server = PostgreSQLServer(context.folder / f"postgresql-{uuid.uuid4().hex[:8]}", durable=True)
    with folder_for(context) as folder, server:
        url = server.create_database("crowds")
        emails = demo_clinic(url, sum(crowds))
        with cluster(folder, url) as processes:
            for one in processes.webs:
                asyncio.run(warm(one.url, next(emails)))
            programs = [*processes.webs, *processes.workers]
            found = []
            for size in crowds:
                crowd = Crowd(processes.url, size, emails, QUICK_SECONDS if context.quick else SECONDS)
                found += measure(crowd, programs, _MILLISECONDS[size])
            return found
