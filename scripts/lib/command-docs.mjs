/** Scripts: the command manifest as Markdown. */

/** @param commands the manifest's, with every flag but the global ones theirs */
export function renderCommands(commands) {
  const sorted = commands.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [
    '## Flags of every command',
    '',
    'They stand before or after the command.',
    '',
    renderFlags(Object.values(sorted[0].flags).filter(isGlobal)),
    ...sorted.flatMap((command) => ['', renderCommand(command)]),
  ].join('\n');
}

function renderCommand({ id, summary, description, args = {}, flags, examples }) {
  const words = id.replaceAll(':', ' ');
  const own = Object.values(flags).filter((flag) => !isGlobal(flag));
  return [
    `## chantal ${words}`,
    '',
    summary,
    '',
    description,
    ...(own.length === 0 ? [] : ['', renderFlags(own, Object.values(args))]),
    '',
    '```sh',
    ...examples.map((example) => example.replaceAll('<%= config.bin %>', 'chantal').replaceAll('<%= command.id %>', words)),
    '```',
  ].join('\n');
}

function renderFlags(flags, args = []) {
  return [
    '| flag | meaning |',
    '|---|---|',
    ...args.map(({ name, description }) => `| \`${name}\` | ${escape(description)} |`),
    ...flags.map((flag) => `| ${escape(renderFlag(flag))} | ${escape(describe(flag))} |`),
  ].join('\n');
}

function renderFlag({ name, type, helpValue, multiple }) {
  return `\`--${name}${type === 'option' ? ` ${helpValue}` : ''}\`${multiple ? ' …' : ''}`;
}

function describe({ summary, description, required, default: value, env }) {
  const notes = [
    ...(required ? ['required'] : []),
    ...(value === undefined ? [] : [`default: ${value}`]),
    ...(env === undefined ? [] : [`environment: ${env}`]),
  ];
  return `${summary ?? description}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

function isGlobal({ helpGroup }) {
  return helpGroup === 'GLOBAL';
}

function escape(text) {
  return text.replaceAll('|', '\\|');
}
