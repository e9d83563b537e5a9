/** Test support: an authority, a server's and a client's certificate, made anew for each test. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';

export interface Certificates {
  /** Paths, as the configuration names them. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** What the server needs; it asks every client for a certificate. */
  readonly server: { readonly key: Buffer; readonly cert: Buffer; readonly ca: Buffer; readonly requestCert: true; readonly rejectUnauthorized: false };
}

export async function makeCertificates(): Promise<Certificates> {
  const directory = temporaryDirectory();
  const file = (name: string): string => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await mustRun('openssl', ['req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Test CA', '-days', '2']);
  for (const name of ['server', 'client']) {
    await mustRun('openssl', ['req', ...newKey, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', `/CN=${name}`]);
    writeFileSync(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    await mustRun('openssl', ['x509', '-req', '-in', file(`${name}.csr`), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-out', file(`${name}.pem`), '-days', '2', '-extfile', file(`${name}.ext`)]);
  }
  const read = (name: string): Buffer => readFileSync(file(name));
  return {
    ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key'),
    server: { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: false },
  };
}
