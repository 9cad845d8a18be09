/** The ways in which a secret may turn up in what others send. */
export const forms = ['raw', 'base64', 'base64url', 'hex', 'url', 'json', 'html', 'split'] as const;
export type Form = (typeof forms)[number];

export function encoded(value: string, form: Form): string {
  const bytes = Buffer.from(value);
  switch (form) {
    case 'raw':
      return value;
    case 'base64':
    case 'base64url':
    case 'hex':
      return bytes.toString(form);
    case 'url':
      return encodeURIComponent(value);
    case 'json':
      return JSON.stringify(value).slice(1, -1);
    case 'html':
      return value.replace(
        /[&<>"']/g,
        (char) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' }[char]};`,
      );
    case 'split':
      return value.replace(/(.{5})/gs, '$1\n');
  }
}
