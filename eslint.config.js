import tseslint from 'typescript-eslint';

/** Arrows never turn back: what each room under src/ may not import, and why. */
const ROOMS = {
  tuple: {
    forbid: [
      'door',
      'config',
      'matcher',
      'source',
      'firewall',
      'report',
      'engine',
      'daemon',
      'cli',
    ],
    pure: true,
  },
  door: {
    forbid: ['config', 'matcher', 'source', 'firewall', 'report', 'engine', 'daemon', 'cli'],
    pure: true,
  },
  matcher: {
    forbid: ['config', 'source', 'firewall', 'report', 'engine', 'daemon', 'cli'],
    pure: true,
  },
  config: { forbid: ['source', 'firewall', 'report', 'engine', 'daemon', 'cli'] },
  codec: { forbid: ['config', 'source', 'firewall', 'report', 'engine', 'daemon', 'cli'] },
  client: { forbid: ['matcher', 'source', 'firewall', 'report', 'engine', 'daemon', 'cli'] },
  source: { forbid: ['config', 'firewall', 'report', 'engine', 'daemon', 'cli'] },
  firewall: { forbid: ['config', 'source', 'report', 'engine', 'daemon', 'cli'] },
  report: { forbid: ['source', 'firewall', 'engine', 'daemon', 'cli'] },
  control: { forbid: ['config', 'matcher', 'source', 'firewall', 'engine', 'daemon', 'cli'] },
  packaging: {
    forbid: ['matcher', 'source', 'firewall', 'report', 'control', 'engine', 'daemon', 'cli'],
  },
  engine: { forbid: ['control', 'daemon', 'cli'] },
  lab: { forbid: ['control', 'daemon', 'cli'] },
  daemon: { forbid: ['cli'] },
};

/** What goes along with the program, and the lab, are the command line's business alone. */
for (const [room, { forbid }] of Object.entries(ROOMS))
  forbid.push(...['packaging', 'lab'].filter((other) => other !== room));

const boundaries = Object.entries(ROOMS).map(([room, { forbid, pure }]) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...forbid.map((other) => ({
            regex: `^\\.\\./(\\.\\./)*${other}/`,
            message: `${room} must not know ${other}: arrows run cli -> daemon -> engine -> source, firewall, report -> config, matcher -> door, tuple.`,
          })),
          ...(pure
            ? [
                {
                  regex: '^node:|native(\\.ts)?$',
                  message: `${room} is pure: no node module and no addon; what it needs comes through its constructor.`,
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'build/', 'coverage/', 'node_modules/', 'bench/results/'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/native.ts'], rules: {} },
  ...boundaries,
);
