#!/bin/sh
# Run the tests of confinement on aarch64, in a machine that QEMU makes up: Debian 13's kernel, C library and Python.
#
#   sh tests/confinement/on_aarch64.sh FOLDER [PYTEST ARGUMENT...]
#
# Needs root, debootstrap, dpkg, cpio, qemu-system-arm, and .venv of this checkout. FOLDER keeps what was fetched, 1 GB.
# The machine has no network. Its clock counts instructions, so that limits of time mean what they mean on a real one.
set -eu
folder=$1; shift
here=$(cd "$(dirname "$0")/../.." && pwd)
root=$folder/root
site=$root/usr/local/lib/python3.13/dist-packages
mkdir -p "$folder"

if [ ! -e "$folder/fetched" ]; then
    rm -rf "$root"
    debootstrap --foreign --arch=arm64 --variant=minbase --include=python3,kmod,iproute2,linux-image-arm64 trixie "$root"
    for package in "$root"/var/cache/apt/archives/*.deb; do  # unpacked is enough: nothing here needs to be configured
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root" 2>/dev/null || true
    done
    rm -rf "$root/proc" "$root"/var/cache/apt/archives/* "$root/usr/share/doc" "$root/usr/share/man"
    mv "$root"/boot/vmlinuz-* "$folder/kernel"
    rm -rf "$root/usr/lib/modules"
    mkdir -p "$root/proc" "$root/src" "$site"
    echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false' > "$root/etc/passwd"
    echo 'root:x:0:
nogroup:x:65534:' > "$root/etc/group"
    "$here/.venv/bin/python" -m pip install --quiet --no-deps --only-binary=:all: --require-hashes --target "$site" \
        --python-version 3.13 --implementation cp --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64 \
        --platform manylinux_2_34_aarch64 --platform manylinux_2_39_aarch64 -r "$here/requirements/dev.txt"
    "$here/.venv/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder" "$here"
    "$here/.venv/bin/python" -m pip install --quiet --no-deps --no-index --target "$site" "$folder"/semper_host-*.whl
    rm -rf "$site/semper_host" "$site/service_repo"  # the metadata and the drivers are wanted; the host is /src
    touch "$folder/fetched"
fi

rm -rf "$root/src"; mkdir -p "$root/src"
(cd "$here" && git ls-files -co --exclude-standard -z | tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$root/src"
cat > "$root/init" <<END
#!/bin/sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 PYTHONPATH=/src PYTHONUNBUFFERED=1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/shm; mount -t tmpfs shm /dev/shm; mount -t tmpfs run /run; ip link set lo up
date --set @$(date +%s)
cd /src; uname -a; python3 --version; python3 -m semper_host doctor
python3 -m pytest -q --color=no -p no:cacheprovider ${*:-tests/confinement tests/hostile}
echo o > /proc/sysrq-trigger; sleep 60
END
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$folder/root.cpio"
exec qemu-system-aarch64 -M virt -cpu cortex-a72 -icount shift=0 -m 4096 -nographic -no-reboot -net none -kernel "$folder/kernel" \
    -initrd "$folder/root.cpio" -append "console=ttyAMA0 panic=-1 quiet rdinit=/init" < /dev/null
