/** Core: OpenPGP keys as people see them, and the making of one. */

export interface KeyDescription {
  /** Upper-case hex, the primary key's; so is `keyId`, its last 16 digits. */
  readonly fingerprint: string;
  readonly keyId: string;
  /** `Name <email>`, the primary one first. */
  readonly userIds: readonly string[];
  /** `RSA 4096`, `Ed25519` … */
  readonly algorithm: string;
  /** ISO times. No `expiresAt`: it never does. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** Now. `invalid`: no self-signature of it holds. */
  readonly state: 'valid' | 'expired' | 'revoked' | 'invalid';
  readonly holds: 'public' | 'private' | 'protected private';
}

export interface KeyRequest {
  /** Where the private key goes, mode 0600. The public one lies beside it: `mirror.asc`, `mirror.public.asc`. */
  readonly path: string;
  readonly name: string;
  readonly email: string;
  readonly type: 'ed25519' | 'rsa4096';
  /** undefined: the private key is not protected. */
  readonly passphrase?: string;
  readonly at: Date;
}

export interface NewKey {
  readonly description: KeyDescription;
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
}

export interface CertificateDescription {
  /** `O=Example, CN=mirror`. */
  readonly subject: string;
  /** ISO times. */
  readonly validFrom: string;
  readonly expiresAt: string;
}

/** What can be done with keys besides trusting them and signing with them. */
export interface KeyTools {
  /** @throws E_PATH_OCCUPIED when one of the two files is there already: nothing is overwritten */
  generate(request: KeyRequest): Promise<NewKey>;
  /** The keys in these bytes, armored or binary, public or private. `origin` is for messages. @throws E_KEY when there is none */
  describe(bytes: Uint8Array, origin: string): Promise<readonly KeyDescription[]>;
  /** @throws E_KEY when there is no such file, or no key in it */
  describeFile(path: string): Promise<readonly KeyDescription[]>;
  /** The certificates in a PEM file, in its order. @throws E_KEY when there is no such file, or no certificate in it */
  describeCertificates(path: string): Promise<readonly CertificateDescription[]>;
}
