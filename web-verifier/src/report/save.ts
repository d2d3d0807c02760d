// Gives the person a file. It is made here and goes nowhere else.

export function save(name: string, type: string, parts: BlobPart[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has to have begun before the bytes may go.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
