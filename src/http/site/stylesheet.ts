/** The pages' one stylesheet, served beside them: the content policy allows no inline styles. */
export const STYLESHEET = `
:root { color-scheme: light dark; --line: #8886; --good: #1a7f37; --bad: #b3261e; --wait: #7a5c00; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd38a; --bad: #ff8a80; --wait: #e3c66b; } }
body { background: Canvas; color: CanvasText; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: start; padding-block: .25rem; font-size: .9rem; }
th, td { text-align: start; padding: .3rem .6rem; vertical-align: top; }
th, td { border-bottom: 1px solid var(--line); }
tbody th { font-weight: normal; }
.label { font-size: .8rem; font-weight: normal; }
.label { border: 1px solid; border-radius: .3rem; padding: .1rem .4rem; }
.lab, .undetermined, .not-measured, .internal { color: var(--wait); }
.met, .answered { color: var(--good); }
.breached, .unanswered { color: var(--bad); font-weight: bold; }
`;
