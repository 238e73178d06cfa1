{
  "targets": [
    {
      "target_name": "postern",
      "sources": ["<!@(cat native/sources.txt)"],
      "include_dirs": ["native"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS"],
      "cflags_cc!": ["-std=gnu++17"],
      "cflags_cc": [
        "-std=gnu++20",
        "-fno-exceptions",
        "-fno-rtti",
        "-fvisibility=hidden",
        "-O3",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Wshadow",
        "-isystem",
        "<!(node -p \"require('path').dirname(require.resolve('node-addon-api'))\")",
      ],
    }
  ]
}
