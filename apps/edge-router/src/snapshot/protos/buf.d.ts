declare module '@bufbuild/buf';
