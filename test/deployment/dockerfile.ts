/** Dockerfile, read: its stages and their instructions, continued lines joined. */
import { read } from './sources.ts';

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  /** Image or stage it begins with, arguments filled in. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function readDockerfile(): Stage[] {
  const lines = read('Dockerfile')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const args = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [image = '', , stage = ''] = text.split(/\s+/);
      stages.push({
        name: stage,
        from: image.replaceAll(/\$\{(\w+)\}/g, (_found, arg: string) => args.get(arg) ?? ''),
        instructions: [],
      });
    } else if (stages.length === 0) args.set(text.split('=')[0] ?? '', text.split('=')[1] ?? '');
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** The instructions of a stage after those of the stages it begins with. */
export function lineage(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...lineage(stages, stage.from), ...stage.instructions];
}
