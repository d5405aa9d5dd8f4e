// What the classic scripts under static/vendor put on the page.
interface Htmx {
  ajax(verb: string, path: string, options: { source?: Element; target?: Element; swap?: string }): Promise<void>;
  process(element: Element, force?: boolean): void;
  registerExtension(name: string, hooks: Record<string, (element: HTMLTemplateElement, detail: unknown) => void>): void;
}
declare const htmx: Htmx;

// Newer than TypeScript's library, and than some browsers.
interface Element {
  moveBefore?(node: Element, child: Element | null): void;
}
