# Read by musl.sh and wheel.sh: what a static build is made with, so that archive and wheel
# hold the same program. Wants `target`, and to be in the repository's root.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="-C target-feature=+crt-static -C strip=symbols --remap-path-prefix=$home=/cargo --remap-path-prefix=$PWD=/straykey"
case $target in
    *-musl) export "CC_${target//-/_}=${CC:-musl-gcc}" ;;
esac
