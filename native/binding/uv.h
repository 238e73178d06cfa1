#pragma once
#include <cstddef>

/// The few functions of libuv that node exports and we call. Stated here since the headers of
/// Node-API, with which two of our three builders work, do not carry uv.h. Handles are opaque:
/// libuv tells their size.
extern "C" {
struct uv_loop_s;
struct uv_poll_s;
struct uv_handle_s;
size_t uv_handle_size(int type);
const char* uv_handle_type_name(int type);
const char* uv_err_name(int error);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int descriptor);
int uv_poll_start(uv_poll_s* handle, int events, void (*callback)(uv_poll_s*, int, int));
int uv_poll_stop(uv_poll_s* handle);
void uv_unref(uv_handle_s* handle);
void uv_close(uv_handle_s* handle, void (*callback)(uv_handle_s*));
void uv_handle_set_data(uv_handle_s* handle, void* data);
void* uv_handle_get_data(const uv_handle_s* handle);
}

constexpr int kUvPoll = 8;      ///< uv_handle_type UV_POLL; checked by name before use
constexpr int kUvReadable = 1;  ///< uv_poll_event UV_READABLE
