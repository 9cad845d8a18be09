/** Whether something is a list of labels of untrusted origin; one that is not is refused whole, since none may get lost. */
export function areLabels(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((label) => typeof label === 'string');
}
