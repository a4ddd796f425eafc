// The pages of docs/ that are written out of the program itself: its commands and its faults.

/** Columns of the help in the page. */
const columns = 100;

/** What each kind of end means; the order of the page. */
const exits = [
  ['misuse', 'The command line, the config, the Dockerfile or a path is wrong'],
  ['finding', 'A proof found something: the image is not what it says it is'],
  ['registry', 'A registry or the network refused, or did not answer in time'],
  ['machine', 'The machine lacks something: disk, permission, a program'],
  ['failed', 'A build, a copy or a command did not succeed'],
  ['internal', 'A fault of polyarch itself: please report it'],
];

/** docs/commands.md: the help of every command, as `main` prints it. */
export async function renderCommands(main, commands) {
  const pages = [];
  for (const { name, summary } of commands) {
    const help = await helpOf(main, [name, '--help']);
    pages.push(`## polyarch ${name}\n\n${summary}.\n\n${fenced(help)}`);
    for (const subcommand of subcommandsOf(help)) {
      pages.push(`### polyarch ${name} ${subcommand}\n\n${fenced(await helpOf(main, [name, subcommand, '--help']))}`);
    }
  }
  const links = commands.map(({ name }) => `[${name}](#polyarch-${name})`).join(' · ');
  return `# Commands\n\n${written}\n\n${links}\n\n${fenced(await helpOf(main, ['--help']))}\n\n${pages.join('\n\n')}\n`;
}

/** docs/errors.md: the exit codes, and every fault with its meaning and what usually helps. */
export function renderErrors(codes, exitCodes) {
  const table = exits.map(([kind, meaning]) => `| ${exitCodes[kind]} | ${meaning} |`);
  const sections = exits.map(([kind, meaning]) => {
    const rows = Object.entries(codes)
      .filter(([, { exit }]) => exit === kind)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, { meaning: what, hint }]) => `| \`${code}\` | ${escape(what)} | ${escape(hint)} |`);
    if (rows.length === 0) return undefined;
    return `## Exit code ${exitCodes[kind]}\n\n${meaning}.\n\n| code | meaning | what usually helps |\n|---|---|---|\n${rows.join('\n')}`;
  });
  const others = '| 129, 130, 143 | Ended by SIGHUP, SIGINT (Ctrl-C) or SIGTERM; nothing half written is left |';
  return `# Faults

${written}

Every fault has a code. Match on the code, never on the text: with \`--json\` it stands in \`code\`, in a failed build in
\`cells[].problem.code\` and \`releases[].destinations[].problem.code\`. A fault also tells where (\`file\`, \`line\`, \`platform\`,
\`registry\`, …), and what can be done.

| exit code | meaning |
|---|---|
| 0 | All went well |
${table.join('\n')}
${others}

${sections.filter((section) => section !== undefined).join('\n\n')}
`;
}

const written = '<!-- Written by `npm run docs`; a test says so when it is out of date. -->';

async function helpOf(main, argv) {
  let text = '';
  const stdout = {
    columns,
    write: (part) => {
      text += part;
    },
    on: () => undefined,
    off: () => undefined,
  };
  const exitCode = await main([...argv, '--color=never'], { stdout, stderr: stdout });
  if (exitCode !== 0) throw new Error(`polyarch ${argv.join(' ')} exited with ${exitCode}: ${text}`);
  return text.trim();
}

/** The names below `Commands:`, but for help. */
function subcommandsOf(help) {
  const [, list = ''] = /\nCommands:\n((?: {2}.+\n)+)/.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
}

function fenced(text) {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function escape(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
