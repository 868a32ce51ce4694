#pragma once

/// RapidJSON, as this project includes it. Its stack begins as a null pointer and adds to that
/// before it allocates, which is harmless and which clang's sanitizer would stop at. What it
/// includes itself comes first, so that the exception is for RapidJSON alone.
#include <cmath>
#include <cstring>
#include <istream>
#include <limits>
#include <ostream>
#include <string>

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wignored-attributes" // Of what the standard library declared.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#ifdef __clang__
#pragma clang attribute pop
#pragma clang diagnostic pop
#endif
