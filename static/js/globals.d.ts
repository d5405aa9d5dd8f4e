// What the classic scripts under static/vendor put on the page.
interface Htmx {
  ajax(verb: string, path: string, options: { source?: Element; target?: Element; swap?: string }): Promise<void>;
  process(element: Element): void;
  registerExtension(name: string, hooks: Record<string, (element: HTMLTemplateElement, detail: unknown) => void>): void;
}
declare const htmx: Htmx;
