package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.nn.Adapter;

/** An adapter of a linear layer with weights of its own that train. */
interface TrainedAdapter extends Adapter, TrainedWeights {}
