// node check.mjs FOLDER FILE...: holds each document to its schema, and writes the files of the ConfigMaps into FOLDER. See check.sh.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(path.resolve(folder, "package.json"));
const { parseAllDocuments } = require("yaml");

// The schemas let unknown fields pass, and a misspelt one is the likeliest mistake. They look at each field that they know: what nobody has
// looked at is unknown.
function watched(value, place, unseen) {
  if (value === null || typeof value !== "object") return value;
  const inside = Array.isArray(value) ? [] : {};
  for (const [key, field] of Object.entries(value)) {
    const where = `${place}/${key}`;
    inside[key] = watched(field, where, unseen);
    unseen.add(where);
  }
  return new Proxy(inside, {
    get(target, key, receiver) {
      unseen.delete(`${place}/${String(key)}`);
      return Reflect.get(target, key, receiver);
    },
  });
}

let failed = false;
for (const file of files) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"), { version: "1.1" })) {
    const name = `${path.basename(file)}: ${document.getIn(["kind"])}`;
    try {
      if (document.errors.length > 0) throw document.errors[0];
      const resource = document.toJS();
      const models = require(`kubernetes-models/${resource.apiVersion}`);
      if (models[resource.kind] === undefined) throw new Error(`${resource.apiVersion} has no such kind`);
      const unseen = new Set();
      models[resource.kind].prototype.validate.call(watched(resource, "", unseen));
      if (unseen.size > 0) throw new Error(`no such field: ${[...unseen].join(", ")}`);
      console.log(`${name} ${resource.metadata.name}: valid`);
      if (resource.kind === "ConfigMap") {
        for (const [key, text] of Object.entries(resource.data)) writeFileSync(path.join(folder, key), text);
      }
    } catch (error) {
      failed = true;
      console.error(`${name}: ${error.message}`);
    }
  }
}
process.exit(failed ? 1 : 0);
