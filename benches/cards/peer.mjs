// The peer: character-foundry on the same files. Prints one JSON line: milliseconds for each errand, and peak memory.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, rounds, picture, book, list, card] = process.argv.slice(2);
const require = createRequire(folder + '/');
const { parse } = require('@character-foundry/character-foundry/loader');
const { exportToPng } = require('@character-foundry/character-foundry/exporter');

function median(errand) {
    const took = [];
    for (let round = 0; round < Number(rounds) + 3; round++) {
        const began = process.hrtime.bigint();
        errand();
        took.push(Number(process.hrtime.bigint() - began) / 1e6);
    }
    return took.slice(3).sort((a, b) => a - b)[Math.floor(Number(rounds) / 2)];
}

const [png, lore, listed, whole] = [picture, book, list, card].map((path) => readFileSync(path));
const idle = process.resourceUsage().maxRSS;
const read = parse(png);
const world = parse(lore);
const icon = { name: 'main', type: 'icon', ext: 'png', data: read.rawBuffer, isMain: true };
const milliseconds = {
    'read the picture': median(() => parse(png)),
    'write the picture': median(() => exportToPng(read.card, [icon])),
    'read the lorebook': median(() => parse(lore)),
    'read the list book': median(() => parse(listed)),
    'read the card with it': median(() => parse(whole)),
    'read its whole tree': median(() => parse(whole)),
    'write the lorebook': median(() => JSON.stringify(world.book)),
};
console.log(JSON.stringify({ milliseconds, peak_kib: process.resourceUsage().maxRSS - idle }));
