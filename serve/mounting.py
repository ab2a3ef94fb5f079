"""A Gradio page mounted with everything shut that a page of ours has no use for."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI


def mount_closed(
    server: FastAPI, page: gr.Blocks, *, theme: gr.Theme | None = None, css: str | None = None
) -> None:
    """Mount a page at /.

    Uploads, files of the disk, monitoring and Gradio's own errors stay off (docs/security.md).
    """
    gr.mount_gradio_app(
        server,
        page,
        path="/",
        theme=theme,
        css=css,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        max_file_size=0,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        allowed_paths=[],
    )
