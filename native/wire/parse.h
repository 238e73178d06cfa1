#pragma once
#include "wire/frame.h"
#include "wire/tuple.h"

namespace wire {

/// Bytes to one tuple: total, without state, without a system call. Outermost IP header only. Every
/// frame gets an answer: a tuple, or the reason why it is none.
void parse(const Frame& frame, Tuple& tuple);

}  // namespace wire
