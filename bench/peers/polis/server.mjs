// Polis' library (SAML Jackson) with its directory-sync handlers behind Node's own HTTP server, on PostgreSQL.
//
// One directory of the generic kind, made at the start. What Polis' own service does around these handlers (its pages,
// its delivery of events) is left out: the embedded library's callback does nothing, so the figures are the handlers'
// and the database's.
import { createServer } from "node:http";
import jackson from "@boxyhq/saml-jackson";

const [port, apiKey, url] = [Number(process.argv[2]), process.env.BENCH_API_KEY, process.env.BENCH_DATABASE];
if (!port || !apiKey || !url) throw new Error("usage: BENCH_API_KEY=... BENCH_DATABASE=... node server.mjs PORT");

const library = await jackson.controllers({
    externalUrl: `http://127.0.0.1:${port}`,
    samlPath: "/saml",
    noAnalytics: true,
    // Its total of a list counts what one page would hold: with the default of 50 it stops there.
    db: { engine: "sql", type: "postgres", url, pageLimit: 1_000_000 },
    dsync: { callback: async () => {} },
});
const { directories, requests } = library.directorySyncController;
const { data: directory, error } = await directories.create({
    name: "bench", tenant: "bench", product: "bench", type: "generic-scim-v2",
});
if (error) throw new Error(error.message);

const expected = `Bearer ${apiKey}`;

async function bodyOf(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
}

async function answer(request) {
    const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
    const [, , resourceType, resourceId] = pathname.split("/");
    const number = (name) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined);
    return requests.handle({
        method: request.method,
        body: await bodyOf(request),
        directoryId: directory.id,
        resourceType: resourceType ?? "",
        resourceId,
        apiSecret: request.headers.authorization === expected ? directory.scim.secret : null,
        query: {
            count: number("count"),
            startIndex: number("startIndex"),
            filter: searchParams.get("filter") ?? undefined,
        },
    });
}

createServer(async (request, response) => {
    let status = 500;
    let data = {};
    try {
        ({ status, data } = await answer(request));
    } catch (failure) {
        console.error(failure);
    }
    const body = JSON.stringify(data ?? {});
    response.writeHead(status, {
        "Content-Type": "application/scim+json",
        "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
}).listen(port, "127.0.0.1");
