"""Answers must not wait for the receipt of the one before."""

import socket

from core.ui.server.sockets import send_at_once


def test_connections_that_come_in_at_an_open_door_send_at_once() -> None:
    with socket.socket(socket.AF_INET) as door:  # without naming its protocol, as the web server's
        door.bind(("127.0.0.1", 0))
        door.listen()
        assert send_at_once() >= 1
        with socket.create_connection(door.getsockname()) as visitor, door.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            accepted.sendall(b"still open")
            assert visitor.recv(100) == b"still open"
