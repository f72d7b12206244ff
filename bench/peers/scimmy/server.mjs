// SCIMMY behind scimmy-routers, keeping its resources in memory.
//
// The library leaves storage to the application, so the figures depend on these
// handlers. They are as quick as the library lets them be: an id, userName, externalId
// or displayName look-up is a Map access, everything else is the library's own
// Filter.match over all resources. Nothing is written to disk.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, apiKey] = [Number(process.argv[2]), process.env.BENCH_API_KEY];
if (!port || !apiKey) throw new Error("usage: BENCH_API_KEY=... node server.mjs PORT");

class Shelf {
    constructor(unique, indexed) {
        this.byId = new Map();
        this.unique = unique;
        this.indexes = new Map(indexed.map((name) => [name.toLowerCase(), { name, values: new Map() }]));
    }

    static key(name, value) {
        return name === "externalId" ? value : String(value).toLowerCase();
    }

    find(filter) {
        if (!filter) return [...this.byId.values()];
        const found = this.lookUp(filter);
        return found ?? filter.match([...this.byId.values()]);
    }

    // A filter of the one form `attribute eq "text"` on an indexed attribute, or undefined.
    lookUp(filter) {
        if (filter.length !== 1) return undefined;
        const terms = Object.entries(filter[0]);
        if (terms.length !== 1) return undefined;
        const [attribute, term] = terms[0];
        if (!Array.isArray(term)) return undefined;
        const [comparator, value, ...more] = term;
        if (comparator !== "eq" || more.length || typeof value !== "string") return undefined;
        if (attribute.toLowerCase() === "id") return this.byId.has(value) ? [this.byId.get(value)] : [];
        const index = this.indexes.get(attribute.toLowerCase());
        if (!index) return undefined;
        return [...(index.values.get(Shelf.key(index.name, value)) ?? [])].map((id) => this.byId.get(id));
    }

    keep(id, data) {
        const old = this.byId.get(id);
        this.refuseTwin(id, data);
        const now = new Date().toISOString();
        const doc = { ...data, id, meta: { ...old?.meta, created: old?.meta?.created ?? now, lastModified: now } };
        if (old) this.unlist(old);
        this.byId.set(id, doc);
        for (const { name, values } of this.indexes.values()) {
            if (doc[name] === undefined) continue;
            const key = Shelf.key(name, doc[name]);
            if (!values.has(key)) values.set(key, new Set());
            values.get(key).add(id);
        }
        return doc;
    }

    refuseTwin(id, data) {
        if (!this.unique) return;
        const { values } = this.indexes.get(this.unique.toLowerCase());
        for (const other of values.get(Shelf.key(this.unique, data[this.unique])) ?? []) {
            if (other !== id) throw new SCIMMY.Types.Error(409, "uniqueness", `${this.unique} is taken`);
        }
    }

    unlist(doc) {
        for (const { name, values } of this.indexes.values()) {
            if (doc[name] !== undefined) values.get(Shelf.key(name, doc[name]))?.delete(doc.id);
        }
    }

    drop(id) {
        const doc = this.get(id);
        this.unlist(doc);
        this.byId.delete(id);
    }

    get(id) {
        const doc = this.byId.get(id);
        if (!doc) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return doc;
    }
}

// A page cut here spares the library formatting every resource. Its ListResponse cuts
// again where startIndex lies within what it is given, so only deeper pages can be cut.
function page(resource, found) {
    const { startIndex = 1, count = 20, sortBy } = resource.constraints ?? {};
    if (sortBy || startIndex <= count || startIndex > found.length) return found;
    resource.constraints.totalResults = found.length;
    return found.slice(startIndex - 1, startIndex - 1 + count);
}

function declare(Resource, shelf) {
    SCIMMY.Resources.declare(Resource)
        .ingress((resource, data) => {
            if (resource.id) shelf.get(resource.id);
            return shelf.keep(resource.id ?? randomUUID(), JSON.parse(JSON.stringify(data)));
        })
        .egress((resource) => (resource.id ? shelf.get(resource.id) : page(resource, shelf.find(resource.filter))))
        .degress((resource) => shelf.drop(resource.id));
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
declare(SCIMMY.Resources.User, new Shelf("userName", ["userName", "externalId"]));
declare(SCIMMY.Resources.Group, new Shelf(null, ["displayName", "externalId"]));

const expected = `Bearer ${apiKey}`;
const app = express();
app.use("/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== expected) throw new Error("not authenticated");
        return "bench";
    },
}));
app.listen(port, "127.0.0.1");
