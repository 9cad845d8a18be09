/** 256 short words that are hard to mishear or to take for one another; the place of a word is its byte. */
const list = `
acorn actor album alder alley amber anchor angle ankle apple apron arrow atlas attic autumn badge
bagel baker bamboo banjo barn basil basket beach beacon beaver bell berry birch bishop blanket blossom
bonnet bottle boulder branch bread brick bridge broom bubble bucket butter button cabin cactus camel canal
candle canoe canvas carbon carpet castle cedar cello chalk cherry chess chimney circle citrus clay cliff
clock clover cobalt coffee comet copper coral cotton cradle crane crater cricket crown crystal curtain cymbal
daisy dancer denim desert diary dolphin donkey dragon drum duchess eagle easel echo elbow elder ember
engine envelope ermine falcon feather fennel ferry fiddle finch flame flannel flute forest fossil fountain fox
galaxy garden garlic gazelle geyser ginger glacier glove goblet granite grape gravel guitar gypsum hammer harbor
harvest hazel hedge helmet heron hickory honey horizon hornet hotel iceberg igloo indigo iris island ivory
jacket jaguar jasmine jelly jigsaw jungle juniper kayak kernel kettle kitten ladder lagoon lantern lemon leopard
lichen lilac linen lizard lobster locket lotus lumber magnet mango maple marble meadow melon mirror mitten
monsoon mosaic mountain muffin mustard nectar needle nickel nutmeg oasis ocean olive onion opal orbit orchard
otter oyster paddle palace panda paper parrot pebble pelican pepper piano pigeon pillow pirate planet plum
pocket pony poplar potato prism pumpkin puzzle quartz quill rabbit radish raven ribbon river robin rocket
saddle saffron salmon sandal sapphire satchel scarf shadow silver spider sponge spruce statue sugar summit swan
tailor tango teapot thimble thunder tiger timber tomato tulip tunnel turtle velvet violin walnut willow zebra
`
  .trim()
  .split(/\s+/);

/** The first `count` bytes as words. */
export function wordsOf(bytes: Uint8Array, count: number): string[] {
  return [...bytes.subarray(0, count)].map((byte) => list[byte] as string);
}
