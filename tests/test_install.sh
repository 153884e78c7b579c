#!/bin/sh
# Somebody takes the kernels home: install, compile a program outside of the tree, uninstall.
set -u
. tests/support/suite.sh

home=$folder/home
example=$PWD/docs/examples/mine.c

# shellcheck disable=SC2046,SC2086 # flags are several words
compiles() {
    (cd "$folder" && PKG_CONFIG_PATH=$home/lib/pkgconfig && export PKG_CONFIG_PATH &&
        ${CC:-cc} ${CFLAGS-} "$example" $(pkg-config --cflags --libs attention_optimized) -o mine)
}

runs() {
    printed=$("$folder/mine") && echo "$printed" &&
        [ "$printed" = 'success; the first word sees itself only: 1' ]
}

nothing_is_left() {
    make -s uninstall BUILD="$BUILD" PREFIX="$home" && [ -z "$(find "$home" -type f)" ]
}

it 'it installs where it is told' make -s install BUILD="$BUILD" PREFIX="$home"
it 'a program outside of the tree compiles with the flags of pkg-config' compiles
it 'and computes attention' runs
it 'uninstall leaves no file' nothing_is_left
finish
