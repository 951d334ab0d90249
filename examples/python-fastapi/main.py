from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

VERSION = "1"

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
def index() -> str:
    return f"python-fastapi {VERSION}\n"


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
