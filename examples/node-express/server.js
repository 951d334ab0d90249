const express = require("express");

const VERSION = "1";
const app = express();
const port = process.env.PORT || 3000;

app.get("/", (request, response) => response.type("text").send(`node-express ${VERSION}\n`));
app.get("/healthz", (request, response) => response.json({ status: "ok" }));

const server = app.listen(port, () => console.log(`listening on ${port}`));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
