/** The part of a tree of Nx that edits need. */
export interface TextTree {
  read(file: string, encoding: 'utf8'): string | null;
  write(file: string, text: string): void;
}
export function insertAfter(tree: TextTree, file: string, pattern: RegExp, text: string): void;
export function insertAtEndOfBlock(tree: TextTree, file: string, pattern: RegExp, text: string): void;
