"""The files next to this one, written by Keras itself: `pip install keras`, then `KERAS_BACKEND=torch python make.py`.

Each network has 17 inputs and 9 outputs in total; NAME.npz contains columns and the outputs of Keras 3.15 for them.
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

FOLDER = Path(__file__).parent
RANDOM = np.random.default_rng(0)


def functional() -> keras.Model:
    x = keras.Input((17,))
    h = layers.Normalization(mean=np.arange(17) * 0.1, variance=np.arange(1, 18) * 1.0)(x)
    h = layers.Activation("relu6")(layers.BatchNormalization()(layers.Dense(16, activation="selu")(h)))
    h = layers.Concatenate()([layers.Dense(8, activation="softplus")(h), layers.PReLU()(layers.Dense(8)(h))])
    h = layers.Add()([h, layers.Dense(16, use_bias=False)(h)])
    return keras.Model(x, layers.Rescaling(2.0, offset=-0.5)(layers.Dense(9)(h)))


def nested() -> keras.Model:
    """A block called twice, with a nested model."""
    block = keras.Sequential(
        [keras.Input((12,)), layers.Dense(12, activation="silu"), layers.Dense(12, activation="tanh"), layers.BatchNormalization()]
    )
    x = keras.Input((17,))
    h = block(block(layers.Dense(12, activation="gelu")(x)))
    inner_input = keras.Input((12,))
    inner = keras.Model(inner_input, layers.Dense(5, activation="elu")(inner_input))
    return keras.Model(x, layers.Concatenate()([inner(h), layers.Dense(4, activation="hard_sigmoid")(h)]))


def several() -> keras.Model:
    """Two inputs, one of (level, variable), each normalized for itself, and two outputs."""
    profiles, surface = keras.Input((4, 2)), keras.Input((9,))
    p = layers.Normalization(axis=-1, mean=[1.0, -1.0], variance=[2.0, 0.5])(profiles)
    s = layers.Normalization(mean=np.arange(9) * 0.1, variance=np.arange(1, 10) * 1.0)(surface)
    h = layers.Dense(10, activation="mish")(layers.Concatenate()([layers.Flatten()(layers.Permute((2, 1))(p)), s]))
    return keras.Model([profiles, surface], [layers.Reshape((2, 2))(layers.Dense(4)(h)), layers.Dense(5, activation="softsign")(h)])


def operations() -> keras.Model:
    x = keras.Input((17,))
    h = layers.Dense(8, activation="leaky_relu")(x * 2.0 + 1.0) - layers.Dense(8)(x) / 4.0
    g = x[:, 3:11]
    h = layers.Average()([layers.Multiply()([ops.tanh(h) * ops.relu(h), g]), g, -g])
    h = layers.Subtract()([layers.Minimum()([layers.Maximum()([h, g]), 1.0 - g]), g])
    h = layers.LeakyReLU(0.25)(layers.ReLU(max_value=3.0, negative_slope=0.1)(layers.ELU(0.5)(h)))
    return keras.Model(x, layers.Dense(9)(h))


def weights_for(variable: keras.Variable) -> np.ndarray:
    if variable.name == "count":
        return np.zeros(variable.shape)
    if "variance" in variable.name:
        return RANDOM.uniform(0.5, 2, variable.shape)
    return RANDOM.normal("gamma" in variable.name, 0.4, variable.shape)


for make, ending in ((functional, "keras"), (nested, "h5"), (nested, "keras"), (several, "keras"), (operations, "keras")):
    model = make()
    model.set_weights([weights_for(variable) for variable in model.weights])
    x = RANDOM.normal(0, 1, (32, 17)).astype(np.float32)
    given = x if len(model.inputs) == 1 else [x[:, :8].reshape(-1, 4, 2), x[:, 8:]]
    outputs = model.predict(given, verbose=0)
    y = np.concatenate([part.reshape(len(x), -1) for part in (outputs if isinstance(outputs, list | tuple) else [outputs])], axis=1)
    model.save(FOLDER / f"{make.__name__}.{ending}")
    np.savez(FOLDER / f"{make.__name__}_{ending}.npz", x=x, y=y)
