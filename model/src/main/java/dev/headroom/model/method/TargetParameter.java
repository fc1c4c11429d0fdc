package dev.headroom.model.method;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Weight;

/**
 * A parameter that is adapted where it stands, in a module that is no linear layer.
 *
 * @param module the module that uses it
 * @param weight the parameter
 * @param parts how many former linear layers it holds side by side; its adapter gets that many times the rank
 */
public record TargetParameter(WeightedModule module, Weight weight, int parts) {}
