/** The file name user code runs under; stack frames are recognised by it. */
export const BUNDLE_NAME = "aioconvex-bundle.js";
