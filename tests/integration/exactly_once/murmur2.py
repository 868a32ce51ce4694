"""The partitioner of Kafka's Java clients."""

SEED, M, R, MASK = 0x9747B28C, 0x5BD1E995, 24, 0xFFFFFFFF


def murmur2(data):
    length = len(data)
    h = (SEED ^ length) & MASK
    for start in range(0, length - length % 4, 4):
        k = int.from_bytes(data[start:start + 4], "little") * M & MASK
        k ^= k >> R
        h = (h * M & MASK) ^ (k * M & MASK)
    rest = data[length - length % 4:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * M & MASK
    h ^= h >> 13
    h = h * M & MASK
    return h ^ (h >> 15)


def partition_of(key, count):
    return (murmur2(key) & 0x7FFFFFFF) % count
