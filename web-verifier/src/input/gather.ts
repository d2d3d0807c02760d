// What a person gives: files, folders, or both at once by drag and drop.

import type { Input } from "../engine/protocol.ts";
import { byPath } from "./kind.ts";

/** The files of a file or folder picker. */
export function ofPicker(files: FileList | null): Input[] {
  return sorted(Array.from(files ?? [], (file) => {
    const below = file.webkitRelativePath;
    return { file, name: below === "" ? file.name : below, found: below !== "" };
  }));
}

/** What was dropped. It has to be asked for before anything is waited for: afterwards the browser has forgotten it. */
export async function ofDrop(transfer: DataTransfer): Promise<Input[]> {
  const items = Array.from(transfer.items).filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry());
  const files = items.map((item) => item.getAsFile());
  const inputs: Input[] = [];
  for (const [index, entry] of entries.entries()) {
    const file = files[index];
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, inputs);
    else if (file) inputs.push({ file, name: file.name, found: false });
  }
  return sorted(inputs);
}

async function walk(root: FileSystemDirectoryEntry, inputs: Input[]): Promise<void> {
  const open = [root];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await childrenOf(folder)) {
      if (entry.isDirectory) open.push(entry as FileSystemDirectoryEntry);
      else inputs.push({ file: await fileOf(entry as FileSystemFileEntry), name: entry.fullPath.slice(1), found: true });
    }
  }
}

/** A reader gives its folder in pieces, and an empty piece at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function sorted(inputs: Input[]): Input[] {
  return inputs.sort((a, b) => byPath(a.name, b.name));
}
