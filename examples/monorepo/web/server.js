const fastify = require("fastify")({ logger: false });

const VERSION = "1";

fastify.get("/", async () => `monorepo web ${VERSION}\n`);
fastify.get("/healthz", async () => ({ status: "ok" }));
fastify.listen({ port: Number(process.env.PORT || 3001), host: "0.0.0.0" });
