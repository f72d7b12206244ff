"""The store on PostgreSQL: any number of processes on one database (design §6, §7)."""
