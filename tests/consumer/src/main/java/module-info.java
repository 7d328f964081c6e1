/** Somebody else's program. */
module consumer {
  requires org.portafilter.platform;
}
