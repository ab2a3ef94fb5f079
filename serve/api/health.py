"""Health for whoever runs the server: is it up, and is it ready to answer."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from serve.desk import Desk

_FRESH = {"Cache-Control": "no-store"}


def add_health(server: FastAPI, desk: Desk) -> None:
    """Add /healthz and /readyz; neither says anything about readers."""

    @server.get("/healthz")
    def healthz() -> JSONResponse:
        assistant = desk.assistant
        about = {
            "status": "ok",
            "generation": assistant.generation_number,
            "adapter": assistant.promoted or "base",
            "engine": assistant.engine.name,
        }
        return JSONResponse(about, headers=_FRESH)

    @server.get("/readyz")
    def readyz() -> JSONResponse:
        try:
            with desk.store.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError:
            return JSONResponse({"ready": False, "why": "database"}, 503, headers=_FRESH)
        full = desk.line.is_full
        about = {"ready": not full, **({"why": "line"} if full else {})}
        return JSONResponse(about, 503 if full else 200, headers=_FRESH)
