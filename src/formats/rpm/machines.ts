/** Formats, rpm: which architectures one machine installs side by side. Source: rpm's rpmrc.in, arch_compat. */

const families: readonly (readonly [machine: string, members: RegExp])[] = [
  ['x86_64', /^(?:x86_64(?:_v[2-4])?|amd64|ia32e)$/],
  ['ppc64', /^ppc64(?:p7|iseries|pseries)?$/],
  ['s390x', /^s390x$/],
  ['sparc64', /^sparc64v?$/],
  ['i686', /^(?:i[3-6]86|athlon|geode|pentium[34])$/],
  ['ppc', /^ppc(?:iseries|pseries|8[0-9]+)?$/],
  ['s390', /^s390$/],
  ['sparc', /^sparc(?:v[89]v?)?$/],
  ['armv7hl', /^armv[67]hn?l$/],
];

/** Machines that also run what is built for another kind. */
const wider: Readonly<Record<string, string>> = { i686: 'x86_64', ppc: 'ppc64', s390: 's390x', sparc: 'sparc64' };

/** Where a package of this architecture goes: beside the wider one where there are packages for that. */
export function machineOf(arch: string, present: ReadonlySet<string>): string {
  const own = familyOf(arch);
  const other = wider[own];
  return other !== undefined && [...present].some((each) => familyOf(each) === other) ? other : own;
}

function familyOf(arch: string): string {
  return families.find(([, members]) => members.test(arch))?.[0] ?? arch;
}
