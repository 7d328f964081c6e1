// The rules of optimizers, the same text for C++ and CUDA; codes.h has them in the words of their papers. The includer
// says what PF_FORMULA is and has root_of. It is included inside a namespace where there is one.
#pragma once

constexpr double kNadamBase = 0.96;  // of the momentum schedule

// How many values of the parameter's shape a rule remembers.
PF_FORMULA constexpr int moments_of(int rule) {
  switch (rule) {
    case PF_UPDATE_SGD:
      return 0;
    case PF_UPDATE_MOMENTUM:
    case PF_UPDATE_NESTEROV:
    case PF_UPDATE_ADAGRAD:
    case PF_UPDATE_RMSPROP:
    case PF_UPDATE_LION:
      return 1;
    case PF_UPDATE_AMSGRAD:
      return 3;
    default:
      return 2;
  }
}

// What is the same for all elements.
template <class T>
struct Factors {
  T rate, keep, decay, decoupled, momentum, rest1, beta2, rest2, epsilon;
  T size, inverse2;  // rate / (1 - momentum^t), 1 / (1 - beta2^t)
  T direct;          // 1 / (1 - momentum^t)
  T ahead, now;      // NAdam's shares of the rate
};

// One parameter with its moments, before and after.
template <class T>
struct Element {
  T w, a, b, c;
};

// Adam and what differs from it in the last line alone.
template <class T>
PF_FORMULA Element<T> updated_by_adam(int rule, Element<T> e, T g, T kept, const Factors<T>& f) {
  e.a = f.momentum * e.a + f.rest1 * g;
  e.b = f.beta2 * e.b + f.rest2 * (g * g);
  if (rule == PF_UPDATE_AMSGRAD) {
    e.c = e.c > e.b ? e.c : e.b;
    e.w = kept - f.size * e.a / (root_of(e.c * f.inverse2) + f.epsilon);
  } else if (rule == PF_UPDATE_NADAM) {
    e.w = kept - (f.ahead * e.a + f.now * g) / (root_of(e.b * f.inverse2) + f.epsilon);
  } else if (rule == PF_UPDATE_LAMB) {
    e.w = f.direct * e.a / (root_of(e.b * f.inverse2) + f.epsilon) + f.decoupled * e.w;
  } else {
    e.w = kept - f.size * e.a / (root_of(e.b * f.inverse2) + f.epsilon);
  }
  return e;
}

template <class T>
PF_FORMULA Element<T> updated(int rule, Element<T> e, T gradient, const Factors<T>& f) {
  const T g = gradient + f.decay * e.w;
  const T kept = f.keep * e.w;
  switch (rule) {
    case PF_UPDATE_SGD:
      e.w = kept - f.rate * g;
      return e;
    case PF_UPDATE_MOMENTUM:
      e.a = f.momentum * e.a + g;
      e.w = kept - f.rate * e.a;
      return e;
    case PF_UPDATE_NESTEROV:
      e.a = f.momentum * e.a + g;
      e.w = kept - f.rate * (g + f.momentum * e.a);
      return e;
    case PF_UPDATE_ADAGRAD:
      e.a = e.a + g * g;
      e.w = kept - f.rate * g / (root_of(e.a) + f.epsilon);
      return e;
    case PF_UPDATE_RMSPROP:
      e.a = f.beta2 * e.a + f.rest2 * (g * g);
      e.w = kept - f.rate * g / (root_of(e.a) + f.epsilon);
      return e;
    case PF_UPDATE_RMSPROP_MOMENTUM:
      e.a = f.beta2 * e.a + f.rest2 * (g * g);
      e.b = f.momentum * e.b + g / (root_of(e.a) + f.epsilon);
      e.w = kept - f.rate * e.b;
      return e;
    case PF_UPDATE_ADADELTA: {
      e.a = f.beta2 * e.a + f.rest2 * (g * g);
      const T d = g * root_of(e.b + f.epsilon) / root_of(e.a + f.epsilon);
      e.b = f.beta2 * e.b + f.rest2 * (d * d);
      e.w = kept - f.rate * d;
      return e;
    }
    case PF_UPDATE_LION: {
      const T d = f.momentum * e.a + f.rest1 * g;
      e.a = f.beta2 * e.a + f.rest2 * g;
      e.w = kept - (d > T(0) ? f.rate : d < T(0) ? -f.rate : f.rate * d);
      return e;
    }
    case PF_UPDATE_ADAMAX: {
      const T size = (g < T(0) ? -g : g) + f.epsilon, faded = f.beta2 * e.b;
      e.a = f.momentum * e.a + f.rest1 * g;
      e.b = faded > size ? faded : size;
      e.w = kept - f.size * e.a / e.b;
      return e;
    }
    default:
      return updated_by_adam(rule, e, g, kept, f);
  }
}
