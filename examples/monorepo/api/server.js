const express = require("express");

const VERSION = "1";
const app = express();
const port = process.env.PORT || 3000;

app.get("/", (request, response) => response.type("text").send(`monorepo api ${VERSION}\n`));
app.get("/healthz", (request, response) => response.json({ status: "ok" }));
app.listen(port, () => console.log(`listening on ${port}`));
