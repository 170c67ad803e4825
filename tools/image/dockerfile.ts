/** One instruction of a Dockerfile. */
export interface Instruction {
  /** Upper case. */
  readonly name: string;
  readonly args: string;
}

/** A stage of a Dockerfile: what follows a FROM. */
export interface Stage {
  readonly base: string;
  /** What it is called; '' when it isn't. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** What is read of a Dockerfile: its arguments before the first stage, and its stages. No heredocs, no directives. */
export interface Dockerfile {
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

/** Reads a Dockerfile. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const instructions = lines.map((line) => {
    const [, name = '', args = ''] = /^\s*(\S+)\s*(.*)$/.exec(line)!;
    return { name: name.toUpperCase(), args: args.trim() };
  });
  const first = instructions.findIndex(({ name }) => name === 'FROM');
  const args = instructions.slice(0, first).map(({ args: each }) => each.split('=', 2) as [string, string]);
  return { args: Object.fromEntries(args), stages: stagesOf(instructions.slice(first)) };
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = ''] = instruction.args.split(/\s+/);
      stages.push({ base, name, instructions: [] });
    } else stages.at(-1)!.instructions.push(instruction);
  }
  return stages;
}

/** The arguments of the instructions of a name. */
export const argsOf = ({ instructions }: Stage, name: string): readonly string[] =>
  instructions.filter((each) => each.name === name).map(({ args }) => args);
