import { environment } from "../../helpers/mocks";
import { untouched } from "../../helpers/observation";
import { application } from "../../helpers/spec";

const certificate = { cert: "CERT", key: "KEY", fingerprint: "0123456789abcdef" };
const made = environment(
  application({
    domains: ["app.example.com"],
    tls: { staging: false, redirect: true, certificate },
  }),
  untouched(),
  { CERT: "a certificate", KEY: "its key" },
);

test("the edge publishes 443, and 80 beside the application's port", async () => {
  const { ports } = (await made).get("edge").inputs;
  expect(ports).toEqual([
    { internal: 80, external: 8000, ip: "127.0.0.1" },
    { internal: 80, external: 80, ip: "127.0.0.1" },
    { internal: 443, external: 443, ip: "127.0.0.1" },
  ]);
});

test("the traffic gets names, the fingerprint, and the certificate as a secret", async () => {
  const { inputs, secretInputs } = (await made).get("traffic");
  expect(inputs["table"]).toMatchObject({
    reach: {
      hosts: ["app.example.com"],
      tls: { staging: false, redirect: true, certificate: certificate.fingerprint },
    },
    pem: { cert: "a certificate", key: "its key" },
  });
  expect(secretInputs).toContain("table");
});
