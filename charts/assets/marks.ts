/**
 * How web's pods learn that the assets of their image are at the CDN: an object for each image, written after its files and
 * never deleted, with the image's tag for a name; and one that is there as soon as the first is, by which a pod tells "not
 * yet" from a CDN that answers nobody.
 */
export const assetMarks = { folder: 'assets/uploads', any: 'any' } as const;
